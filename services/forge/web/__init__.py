"""What people see of the forge in a browser: sign-in, consent, repositories, pull requests, and Git itself."""

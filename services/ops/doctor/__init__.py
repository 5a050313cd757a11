"""`rfc-ui doctor`: each thing that can be wrong, checked for real, one line each, with the remedy (§17)."""

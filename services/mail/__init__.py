"""Mail: what a letter says, how it leaves, and how somebody stops it (§15.4)."""

"""What pages and the API show: frozen views, read fresh for one viewer, holding nothing they may not see."""

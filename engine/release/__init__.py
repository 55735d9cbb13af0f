"""Release packages: what is in them, how they are made, and how anyone checks them."""

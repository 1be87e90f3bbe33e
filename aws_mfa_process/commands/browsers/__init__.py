"""How a browser is found, what it is given, and the two ways into the console."""

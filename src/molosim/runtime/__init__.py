"""Files, caches, compiled code, random streams: what the program stands on, whatever it simulates."""

"""Roads, places on them, and the way between: the only room that knows OSMnx and the router."""

"""What arises in households and when: the seam of demand and what ships, a file each with a ``BUILT_IN``."""

"""Routes: drive and check of a tour, day plans, insertion, collection rounds, the joint reference."""

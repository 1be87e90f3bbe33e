"""What ``doctor`` looks at: facts of the world, and a small decision for each kind of trouble."""

"""How ``login`` gets sessions: whom it is for, who signs in, and which roles follow."""

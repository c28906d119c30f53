"""What each command does. One module for each group; `add` gives it its place in the arguments."""

"""What each command does, a module for each group. `arguments` names them all; they are imported once chosen."""

"""The student's room: cases, items, marks and what is due. All of it follows from the rules."""

"""Grand canonical learning: nets whose number of neurons is a variable, 2012.05082 Secs. 3 to 5."""

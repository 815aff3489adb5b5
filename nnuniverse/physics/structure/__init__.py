"""Structure of learned weights: permutations, chains, cycles, motifs; 2008.01540 Secs. 7, 8, 11."""

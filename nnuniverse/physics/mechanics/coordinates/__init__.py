"""What an ensemble is seen through: directions in parameter space, and their linear theory."""

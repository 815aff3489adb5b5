"""The mechanics of an ensemble of learning nets: which equation its density p(t, q) obeys."""

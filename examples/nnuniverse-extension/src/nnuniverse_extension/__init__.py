"""An activation, a loss, a data set, an observable, a plot and claims for nnuniverse."""

"""The dynamics of hidden variables before they settle, 2008.01540 Sec. 7."""

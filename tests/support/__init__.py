"""What the black-box tests share: a small client of the protocol, and servers to start and stop."""

"""scripts/bench: compares Larder with another RESP server on the same machine, in the same run."""

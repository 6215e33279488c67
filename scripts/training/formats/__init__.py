"""Export of fitted classifiers to the formats that the service reads."""

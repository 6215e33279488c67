"""How fast the service answers, side by side with what people would use instead."""

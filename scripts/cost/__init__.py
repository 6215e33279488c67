"""What a stack costs: prices -> demand -> sizing -> comparison -> table and chart, each pure."""

"""`make bench`: figures as JSON lines, each with its target; ratios are taken in one run on one machine."""

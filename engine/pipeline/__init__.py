"""The line: one module per stage, each a step with typed input and output, and the runner that keeps them durable."""

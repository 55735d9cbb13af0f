"""Stock video: who offers it, what to search for, what to take. The sources know neither the store nor each other."""

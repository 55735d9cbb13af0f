"""Sources of trends: public charts and counts. They know neither the store nor each other."""

"""Music: the provider interface, the embedded studio, and the measuring of finished tracks."""

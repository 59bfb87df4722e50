"""Hub and devices: what a hub publishes, and how devices fetch it, check it, switch to it and go back."""

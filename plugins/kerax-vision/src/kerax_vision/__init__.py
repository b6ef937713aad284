"""kerax-vision: detection and segmentation losses, metrics and box operations for kerax."""

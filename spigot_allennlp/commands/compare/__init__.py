"""What is measured and shown when several trained pipelines are compared on the same sentences."""

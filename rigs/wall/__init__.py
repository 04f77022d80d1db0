"""What the dose wall is made of: true orders, slips made on them, a build that repairs them."""

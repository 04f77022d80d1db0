"""What people see: pages that ask the core and show its answer. They compute nothing clinical."""

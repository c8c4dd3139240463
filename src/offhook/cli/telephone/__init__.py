"""What `offhook call` and `offhook phone` share: their options, their steps, what they hear and report."""

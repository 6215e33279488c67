"""CloudWatch metrics, alarms and dashboard, SNS notifications, AWS Budgets and GuardDuty."""

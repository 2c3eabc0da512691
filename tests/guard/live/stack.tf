# What Terraform makes under the guard: each resource is one whose tag IAM is asked about.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.39.0"
    }
  }
}

variable "endpoint" {
  type = string
}

variable "retention" {
  type    = number
  default = 7
}

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_get_ec2_platforms      = true
  s3_force_path_style         = true

  default_tags {
    tags = {
      ManagedBy = "Terraform"
    }
  }

  endpoints {
    dynamodb       = var.endpoint
    cloudwatchlogs = var.endpoint
    iam            = var.endpoint
    route53        = var.endpoint
    s3             = var.endpoint
    sns            = var.endpoint
    sqs            = var.endpoint
    sts            = var.endpoint
  }
}

resource "aws_sqs_queue" "orders" {
  name = "orders"
}

resource "aws_sns_topic" "events" {
  name = "events"
}

resource "aws_dynamodb_table" "carts" {
  name         = "carts"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/app"
  retention_in_days = var.retention
}

# Without a path: ministack asks about `role/NAME` whatever the path is, and finds no tags then.
resource "aws_iam_role" "app" {
  name = "app"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

# Without ABAC, S3 sends no tags; Route 53 never does: both are held by ARN.
resource "aws_s3_bucket" "files" {
  bucket = "files"

  # As S3 does without being asked; this provider would take it for drift.
  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm = "AES256"
      }
    }
  }
}

resource "aws_route53_zone" "shop" {
  name = "shop.example"
}

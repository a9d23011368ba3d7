// The program that pulumi up runs; package stack is all of it.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

func main() { pulumi.Run(stack.Deploy) }

// The program that pulumi up runs; package deploy is all of it.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/deploy"
)

func main() { pulumi.Run(deploy.Deploy) }

//go:build !windows

// Command awsmfa-sandbox rehearses a stack on one machine, without an AWS account:
// the real Pulumi engine deploys it to a local AWS, and people use it there. Run
// it as awsmfa sandbox.
package main

import (
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
	_ "github.com/aws-cli-mfa/aws-cli-mfa/internal/quietterminal"
)

func main() { program.Main(newSandboxCommand) }

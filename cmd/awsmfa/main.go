// Command awsmfa is the companion of the Pulumi program in this repository: it
// proves that the policies of a stack demand MFA, explains why a request is denied,
// and takes people from an access key to profiles that ask for a code. The
// rehearsal of a stack is a program of its own, awsmfa-sandbox, which it runs.
//
// It prints data on standard output and everything else on standard error. It
// exits with 0 when all went well, 1 when something failed, and 2 when it was
// called in a way it does not understand.
package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
)

func main() {
	program.Main(func(env environment.Environment) *cobra.Command { return newRootCommand(env, os.Args[1:]) })
}

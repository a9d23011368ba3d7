// Command nottried prints a line for each client that the tests could not be
// run against on this machine: the last words of `make test`.
package main

import (
	"context"
	"fmt"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
)

func main() {
	for _, client := range clienttest.Clients() {
		if _, err := client.Find(context.Background()); err != nil {
			fmt.Println("NOT TRIED:", err)
		}
	}
}

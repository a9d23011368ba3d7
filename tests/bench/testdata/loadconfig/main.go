// Command loadconfig only loads the AWS SDK's configuration.
package main

import (
	"context"
	"log"

	"github.com/aws/aws-sdk-go-v2/config"
)

func main() {
	if _, err := config.LoadDefaultConfig(context.Background()); err != nil {
		log.Fatal(err)
	}
}

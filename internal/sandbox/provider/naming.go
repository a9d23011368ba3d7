package provider

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"
)

// uniqueSuffix has the form of terraform-plugin-sdk's id.UniqueId, without its process-wide counter: 18 digits of time
// and 8 hex digits.
func uniqueSuffix(now time.Time) string {
	stamp := strings.Replace(now.UTC().Format("20060102150405.0000"), ".", "", 1)
	random := make([]byte, 4)
	_, _ = rand.Read(random) // never fails: https://pkg.go.dev/crypto/rand#Read
	return stamp + hex.EncodeToString(random)
}

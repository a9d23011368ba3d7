package endpoint

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"slices"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

const (
	defaultMaxItems = 100
	maxMaxItems     = 1000
)

// pageInfo is the end of every list that IAM answers in pages.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
type pageInfo struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

// page is the items that the request asks for with MaxItems and Marker, in
// the order of their keys. A marker holds the last key of its page, so that
// what is created or deleted between two pages shifts nothing.
func page[T any](c *call, items []T, key func(T) string) ([]T, pageInfo, error) {
	maxItems, given, err := c.params.integer("MaxItems")
	if err != nil {
		return nil, pageInfo{}, err
	}
	if !given {
		maxItems = defaultMaxItems
	}
	if err := account.CheckNumber("maxItems", maxItems, 1, maxMaxItems); err != nil {
		return nil, pageInfo{}, err
	}
	after, err := base64.RawURLEncoding.DecodeString(c.get("Marker"))
	if err != nil {
		return nil, pageInfo{}, account.NewError("ValidationError", http.StatusBadRequest, "Invalid Marker.")
	}
	slices.SortStableFunc(items, func(x, y T) int { return cmp.Compare(key(x), key(y)) })
	if len(after) > 0 {
		items = slices.DeleteFunc(items, func(item T) bool { return key(item) <= string(after) })
	}
	if len(items) <= maxItems {
		return items, pageInfo{}, nil
	}
	items = items[:maxItems]
	marker := base64.RawURLEncoding.EncodeToString([]byte(key(items[maxItems-1])))
	return items, pageInfo{IsTruncated: true, Marker: marker}, nil
}

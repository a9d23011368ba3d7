package provider

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestEquivalentDocuments(t *testing.T) {
	t.Parallel()
	statement := func(s string) string { return `{"Version":"2012-10-17","Statement":[` + s + `]}` }
	for name, test := range map[string]struct {
		a, b string
		want bool
	}{
		"order":   {statement(`{"NotAction":["a:b","c:d"]}`), statement(`{"NotAction":["c:d","a:b"]}`), true},
		"another": {statement(`{"Action":"a:b"}`), statement(`{"Action":"a:c"}`), false},
		"account and root": {
			statement(`{"Principal":{"AWS":"123456789012"}}`),
			statement(`{"Principal":{"AWS":["arn:aws:iam::123456789012:root"]}}`), true,
		},
		"condition dropped": {
			statement(`{"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`), statement(`{}`), false,
		},
		"not JSON":          {`{`, `{ `, false},
		"the same nonsense": {`{`, `{`, true},
	} {
		require.Equal(t, test.want, equivalentDocuments(test.a, test.b), name)
		require.Equal(t, test.want, equivalentDocuments(test.b, test.a), name)
	}
}

// Whatever IAM does to the order and the encoding of a document, the text in the state stays.
func TestDocumentKeepsItsText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z+% ]{1,5}:[A-Z*${}]{1,5}`), 1, 5, rapid.ID[string])
		render := func(actions []string, statements ...map[string]any) string {
			first := map[string]any{"Effect": "Allow", "Action": actions, "Resource": "*"}
			text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": append(statements, first)})
			require.NoError(t, err)
			return string(text)
		}
		actions := words.Draw(t, "actions")
		shuffled := rapid.Permutation(actions).Draw(t, "shuffled")
		text, other := render(actions), render(shuffled)
		require.Equal(t, text, keptDocument(text, storedDocument(url.PathEscape(other))))
		require.Equal(t, text, keptDocument(text, storedDocument(other)))
		changed := render(append(shuffled, "new:Action"))
		require.Equal(t, changed, keptDocument(text, storedDocument(url.PathEscape(changed))))
	})
}

func TestStoredDocument(t *testing.T) {
	t.Parallel()
	for encoded, want := range map[string]string{
		`%7B%22a%22%3A%22b%20c%2Bd+e%22%7D`: `{"a":"b c+d+e"}`,
		` {"a": "100%"}`:                    ` {"a": "100%"}`,
		`%7B%ZZ`:                            `%7B%ZZ`,
		``:                                  ``,
	} {
		require.Equal(t, want, storedDocument(encoded))
	}
}

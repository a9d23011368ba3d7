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
		"white space": {`{"Version":"2012-10-17"}`, "{\n \"Version\" : \"2012-10-17\"\n}", true},
		"key order":   {`{"Id":"x","Version":"2012-10-17"}`, `{"Version":"2012-10-17","Id":"x"}`, true},
		"lone statement": {
			`{"Statement":{"Effect":"Allow"}}`, `{"Statement":[{"Effect":"Allow"}]}`, true,
		},
		"statement order": {statement(`{"Sid":"A"},{"Sid":"B"}`), statement(`{"Sid":"B"},{"Sid":"A"}`), true},
		"statement added": {statement(`{"Sid":"A"}`), statement(`{"Sid":"A"},{"Sid":"B"}`), false},
		"empty Sid":       {statement(`{"Sid":"","Effect":"Deny"}`), statement(`{"Effect":"Deny"}`), true},
		"action list":     {statement(`{"Action":"s3:*"}`), statement(`{"Action":["s3:*"]}`), true},
		"action order":    {statement(`{"NotAction":["a:b","c:d"]}`), statement(`{"NotAction":["c:d","a:b"]}`), true},
		"action repeated": {statement(`{"Action":["a:b","a:b"]}`), statement(`{"Action":"a:b"}`), true},
		"action changed":  {statement(`{"Action":"a:b"}`), statement(`{"Action":"a:c"}`), false},
		"action inverted": {statement(`{"Action":"a:b"}`), statement(`{"NotAction":"a:b"}`), false},
		"resource order":  {statement(`{"Resource":["x","y"]}`), statement(`{"Resource":["y","x"]}`), true},
		"resource case":   {statement(`{"Resource":"x"}`), statement(`{"Resource":"X"}`), false},
		"effect":          {statement(`{"Effect":"Allow"}`), statement(`{"Effect":"Deny"}`), false},
		"version":         {`{"Version":"2012-10-17"}`, `{"Version":"2008-10-17"}`, false},
		"principal order": {
			statement(`{"Principal":{"AWS":["x","y"]}}`), statement(`{"Principal":{"AWS":["y","x"]}}`), true,
		},
		"account and root": {
			statement(`{"Principal":{"AWS":"123456789012"}}`),
			statement(`{"Principal":{"AWS":["arn:aws:iam::123456789012:root"]}}`), true,
		},
		"account and user": {
			statement(`{"Principal":{"AWS":"123456789012"}}`),
			statement(`{"Principal":{"AWS":"arn:aws:iam::123456789012:user/alice"}}`), false,
		},
		"user and user id": {
			statement(`{"Principal":{"AWS":"arn:aws:iam::123456789012:user/alice"}}`),
			statement(`{"Principal":{"AWS":"AIDAEXAMPLE"}}`), false,
		},
		"principal type": {
			statement(`{"Principal":{"AWS":"x"}}`), statement(`{"Principal":{"Service":"x"}}`), false,
		},
		"star and AWS star": {statement(`{"Principal":"*"}`), statement(`{"Principal":{"AWS":"*"}}`), false},
		"condition boolean": {
			statement(`{"Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}}`),
			statement(`{"Condition":{"Bool":{"aws:MultiFactorAuthPresent":["true"]}}}`), true,
		},
		"condition number": {
			statement(`{"Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":3600}}}`),
			statement(`{"Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}}`), true,
		},
		"condition value": {
			statement(`{"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`),
			statement(`{"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}`), false,
		},
		"condition operator": {
			statement(`{"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`),
			statement(`{"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}}`), false,
		},
		"condition dropped": {
			statement(`{"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`), statement(`{}`), false,
		},
		"list and its text": {statement(`{"Action":["a","b"]}`), statement(`{"Action":"a\",\"b"}`), false},
		"odd shapes":        {statement(`"x"`), `{"Version":"2012-10-17","Statement":"x"}`, true},
		"odd condition": {
			statement(`{"Condition":{"Bool":"x"},"Principal":5}`), statement(`{"Principal":5,"Condition":{"Bool":"x"}}`), true,
		},
		"odd principal":     {statement(`{"Principal":{"AWS":5}}`), statement(`{"Principal":{"AWS":[5]}}`), true},
		"not JSON":          {`{`, `{ `, false},
		"the same nonsense": {`{`, `{`, true},
		"JSON null":         {`null`, ` null`, false},
		"nothing":           {``, `{}`, false},
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

func FuzzEquivalentDocuments(f *testing.F) {
	f.Add(`{"Statement":{"Action":["a","b"],"Principal":{"AWS":"123456789012"}}}`, `{"Statement":[]}`)
	f.Add(`{"Statement":[{"Condition":{"Bool":{"k":true}}}]}`, `null`)
	f.Fuzz(func(t *testing.T, a, b string) {
		require.Equal(t, equivalentDocuments(a, b), equivalentDocuments(b, a))
		require.True(t, equivalentDocuments(a, a))
		if canonical, ok := canonicalDocument(a); ok {
			require.True(t, json.Valid([]byte(canonical)))
		}
	})
}

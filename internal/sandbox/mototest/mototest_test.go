package mototest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/mototest"
)

func TestStart(t *testing.T) {
	t.Parallel()
	url := mototest.Start(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/moto-api/", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

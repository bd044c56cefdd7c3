// Asks a witness of this project for a cosignature and checks it, with the Go team's own packages.
//
// Usage: cosigned URL LOG_VKEY WITNESS_VKEY OLD NOTE [PROOF...]. NOTE is a file, PROOF are hashes in base64. It prints
// the status of the answer and, where that is 200, the time that the Ed25519 cosignature states.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// cosigner verifies what C2SP tlog-cosignature calls a cosignature of type 0x04.
type cosigner struct {
	name string
	key  ed25519.PublicKey
	time uint64
}

func (c *cosigner) Name() string { return c.name }

func (c *cosigner) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(c.name+"\n\x04"), c.key...))
	return binary.BigEndian.Uint32(sum[:])
}

func (c *cosigner) Verify(message, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	c.time = binary.BigEndian.Uint64(signature)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", c.time, message)
	return ed25519.Verify(c.key, []byte(signed), signature[8:])
}

func main() {
	url, old, proof := os.Args[1], os.Args[4], os.Args[6:]
	log, err := note.NewVerifier(os.Args[2])
	fatal("log key", err)
	parts := strings.SplitN(os.Args[3], "+", 3)
	material, err := base64.StdEncoding.DecodeString(parts[2])
	fatal("witness key", err)
	witness := &cosigner{name: parts[0], key: ed25519.PublicKey(material[1:])}
	checkpoint, err := os.ReadFile(os.Args[5])
	fatal("note", err)

	lines := append([]string{"old " + old}, proof...)
	body := strings.Join(lines, "\n") + "\n\n" + string(checkpoint)
	answer, err := http.Post(url+"/add-checkpoint", "text/plain", strings.NewReader(body))
	fatal("request", err)
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	fatal("answer", err)
	fmt.Println(answer.StatusCode)
	if answer.StatusCode != http.StatusOK {
		return
	}
	opened, err := note.Open(bytes.Join([][]byte{checkpoint, said}, nil), note.VerifierList(log, witness))
	fatal("cosigned note", err)
	if len(opened.Sigs) == 2 {
		fmt.Println(witness.time)
	}
}

func fatal(what string, err error) {
	if err != nil {
		fmt.Println(what+":", err)
		os.Exit(1)
	}
}

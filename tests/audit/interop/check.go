// Checks a log that this project published with the Go team's own packages: signature, growth, entries, tiles.
//
// Usage: check VKEY FOLDER REQUEST. FOLDER has tiles and a checkpoint; REQUEST is JSON with an old checkpoint, a
// consistency proof, and an entry with its inclusion proof. Each thing that holds is printed as one word.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type request struct {
	Old         string   `json:"old"`
	Consistency []string `json:"consistency"`
	Index       int64    `json:"index"`
	Entry       []byte   `json:"entry"`
	Inclusion   []string `json:"inclusion"`
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	fatal("vkey", err)
	content, err := os.ReadFile(filepath.Join(os.Args[2], "checkpoint"))
	fatal("checkpoint", err)
	raw, err := os.ReadFile(os.Args[3])
	fatal("request", err)
	var asked request
	fatal("request", json.Unmarshal(raw, &asked))

	size, root := open("checkpoint", string(content), verifier)
	fmt.Println("signature")
	oldSize, oldRoot := open("old", asked.Old, verifier)
	if tlog.CheckTree(proof(asked.Consistency), size, root, oldSize, oldRoot) == nil {
		fmt.Println("consistency")
	}
	leaf := tlog.RecordHash(asked.Entry)
	if tlog.CheckRecord(tlog.RecordProof(proof(asked.Inclusion)), size, root, asked.Index, leaf) == nil {
		fmt.Println("inclusion")
	}
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles(os.Args[2]))
	if made, err := tlog.ProveTree(size, oldSize, reader); err == nil && same(made, proof(asked.Consistency)) {
		fmt.Println("consistency-from-tiles")
	}
	if made, err := tlog.ProveRecord(size, asked.Index, reader); err == nil && same(made, proof(asked.Inclusion)) {
		fmt.Println("inclusion-from-tiles")
	}
	if wholeRoot(os.Args[2], size) == root {
		fmt.Println("root-from-entries")
	}
}

func open(name, text string, verifier note.Verifier) (int64, tlog.Hash) {
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	fatal(name, err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	fatal(name, err)
	return size, hash(lines[2])
}

func hash(text string) (found tlog.Hash) {
	decoded, err := base64.StdEncoding.DecodeString(text)
	fatal("hash", err)
	copy(found[:], decoded)
	return found
}

func proof(lines []string) []tlog.Hash {
	found := []tlog.Hash{}
	for _, line := range lines {
		found = append(found, hash(line))
	}
	return found
}

func same(one, other []tlog.Hash) bool {
	return fmt.Sprint(one) == fmt.Sprint(other)
}

// wholeRoot hashes every entry of the bundles anew.
func wholeRoot(folder string, size int64) tlog.Hash {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for place, index := range indexes {
			found[place] = stored[index]
		}
		return found, nil
	})
	for seq := int64(0); seq < size; {
		tile := tlog.Tile{H: 8, L: 0, N: seq >> 8, W: int(min(256, size-seq))}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(folder, path))
		fatal("entries", err)
		for len(bundle) > 0 {
			length := int(bundle[0])<<8 | int(bundle[1])
			hashes, err := tlog.StoredHashes(seq, bundle[2:2+length], reader)
			fatal("entries", err)
			stored = append(stored, hashes...)
			bundle = bundle[2+length:]
			seq++
		}
	}
	root, err := tlog.TreeHash(size, reader)
	fatal("entries", err)
	return root
}

func min(one, other int64) int64 {
	if one < other {
		return one
	}
	return other
}

type tiles string

func (folder tiles) Height() int { return 8 }

func (folder tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (folder tiles) ReadTiles(wanted []tlog.Tile) (found [][]byte, err error) {
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		content, err := os.ReadFile(filepath.Join(string(folder), path))
		if err != nil {
			return nil, err
		}
		found = append(found, content)
	}
	return found, nil
}

func fatal(what string, err error) {
	if err != nil {
		fmt.Println("refused", what)
		os.Exit(1)
	}
}

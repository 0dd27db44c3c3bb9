# Ctrl-R: the full-screen search. Its answer is "run" or "edit", and the line.
if (Get-Command Set-PSReadLineKeyHandler -ErrorAction SilentlyContinue) {
    Set-PSReadLineKeyHandler -Chord Ctrl+r -BriefDescription HoldfastSearch -ScriptBlock {
        $line = $null
        $cursor = $null
        [Microsoft.PowerShell.PSConsoleReadLine]::GetBufferState([ref] $line, [ref] $cursor)
        $answer = @($line | & @HOLDFAST@ history search --shell powershell --session "$($global:HoldfastHistory.Prefix)00000000")
        [Microsoft.PowerShell.PSConsoleReadLine]::InvokePrompt()
        if ($answer.Count -gt 1) {
            [Microsoft.PowerShell.PSConsoleReadLine]::Replace(0, $line.Length, ($answer[1..($answer.Count - 1)] -join "`n"))
            if ($answer[0] -eq 'run') { [Microsoft.PowerShell.PSConsoleReadLine]::AcceptLine() }
        }
    }
}

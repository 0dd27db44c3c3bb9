# Holdfast: keeps what is typed in this PowerShell. Put into $PROFILE: holdfast history init powershell | Out-String | Invoke-Expression
if (-not (Get-Command Set-PSReadLineOption -ErrorAction SilentlyContinue)) {
    [Console]::Error.WriteLine('holdfast: PSReadLine is missing; nothing of this shell is kept')
} elseif ($null -eq $global:HoldfastHistory) {
    # The id of a command is Prefix and its number in eight digits.
    $global:HoldfastHistory = New-Object PSObject -Property @{ Prefix = ''; Count = 0; Running = 0; ReadLine = $null; Prompt = $null }
    & {
        $milliseconds = [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds().ToString('x12')
        $random = [Guid]::NewGuid().ToString('N')
        $global:HoldfastHistory.Prefix = '{0}-{1}-7{2}-8{3}-{4}' -f $milliseconds.Substring(0, 8), $milliseconds.Substring(8, 4), $random.Substring(0, 3), $random.Substring(3, 3), $random.Substring(20, 4)
        $global:HoldfastHistory.ReadLine = (Get-Command PSConsoleHostReadLine -CommandType Function -ErrorAction SilentlyContinue).ScriptBlock
        $global:HoldfastHistory.Prompt = (Get-Command prompt -CommandType Function).ScriptBlock
    }

    # Begins the program without waiting for it; what is written goes to its standard input.
    function global:Invoke-HoldfastInBackground([string] $Arguments, [string] $Text) {
        try {
            $start = New-Object System.Diagnostics.ProcessStartInfo @HOLDFAST@, $Arguments
            $start.UseShellExecute = $false
            $start.CreateNoWindow = $true
            $start.RedirectStandardInput = $true
            $start.RedirectStandardOutput = $true
            $start.RedirectStandardError = $true
            $start.WorkingDirectory = (Get-Location -PSProvider FileSystem).ProviderPath
            $process = [System.Diagnostics.Process]::Start($start)
            $bytes = (New-Object System.Text.UTF8Encoding $false).GetBytes($Text)
            $process.StandardInput.BaseStream.Write($bytes, 0, $bytes.Length)
            $process.StandardInput.Close()
        } catch { }
    }

    # When a line was read and before it runs.
    function global:PSConsoleHostReadLine {
        $line = if ($global:HoldfastHistory.ReadLine) { & $global:HoldfastHistory.ReadLine } else {
            [Microsoft.PowerShell.PSConsoleReadLine]::ReadLine($Host.Runspace, $ExecutionContext)
        }
        $state = $global:HoldfastHistory
        $state.Running = 0
        if ((-not $env:HOLDFAST_HISTORY_OFF -or $env:HOLDFAST_HISTORY_OFF -eq '0') -and $line -match '^\S') {
            $state.Count += 1
            $state.Running = $state.Count
            $id = $state.Prefix + $state.Count.ToString('x8')
            Invoke-HoldfastInBackground "history start --id $id --session $($state.Prefix)00000000 --shell powershell" $line
        }
        $line
    }

    # Before the prompt.
    function global:prompt {
        $worked = $?
        $code = $global:LASTEXITCODE
        $state = $global:HoldfastHistory
        if ($state.Running -gt 0) {
            $exit = if ($worked) { 0 } elseif ($code) { $code } else { 1 }
            $id = $state.Prefix + $state.Running.ToString('x8')
            $state.Running = 0
            Invoke-HoldfastInBackground "history end --id $id --exit=$exit" ''
        }
        $global:LASTEXITCODE = $code
        & $state.Prompt
    }

    $null = Register-EngineEvent -SourceIdentifier PowerShell.Exiting -SupportEvent -Action {
        if (-not $env:HOLDFAST_HISTORY_OFF -or $env:HOLDFAST_HISTORY_OFF -eq '0') {
            Invoke-HoldfastInBackground 'sync push --quiet' ''
        }
    }
}
